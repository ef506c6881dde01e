import { applyDecorators, UseFilters } from '@nestjs/common';
import { ApiBearerAuth, ApiDefaultResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ShipErrorFilter } from './ship-error.filter.js';

export class ShipErrorView {
  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: true } }],
    description: 'A sentence; of a 422 a list of `type`, `loc`, `msg` and `input`.',
    example: 'Ship not found',
  })
  detail!: string | Record<string, unknown>[];
}

/** Of every controller of the older API: its errors are `{"detail": …}`. */
export const OlderApi = (): ClassDecorator =>
  applyDecorators(
    ApiTags('ships'),
    ApiBearerAuth(),
    UseFilters(ShipErrorFilter),
    ApiDefaultResponse({
      type: ShipErrorView,
      description: 'An error: 400 for what exec could not do, 401, 404, 408, 413, 422, or 500.',
    }),
  );
