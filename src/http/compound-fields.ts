import { IsObject } from 'class-validator';
import { field, type FieldOptions } from './fields.js';
import { parseDto, schemaViolation } from './validation.js';

/** A section of a body with fields of its own. Its problems are told apart from the others: `body.spec.cpus`. */
export function ObjectField<T extends object>(dto: new () => T, options: FieldOptions & { path: string }) {
  const read = (value: unknown): unknown => parseDto(dto, value, options.path);
  return field(options, read, [IsObject()], { type: dto });
}

/** An object of any content, which whoever takes it reads. */
export function JsonField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, (value) => value, [IsObject()], { type: 'object', additionalProperties: true });
}

/** Names and texts, as environment variables are. */
export function TextMapField(options: FieldOptions & { path: string }): PropertyDecorator {
  const read = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (Object.values(value).every((text) => typeof text === 'string')) return value;
    }
    throw schemaViolation([{ path: options.path, message: 'must be an object of strings' }]);
  };
  return field(options, read, [IsObject()], { type: 'object', additionalProperties: { type: 'string' } });
}
