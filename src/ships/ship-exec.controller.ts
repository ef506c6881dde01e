import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { ShipOperations } from './operations/ship-operations.js';
import { OlderApi } from './older-api.js';
import { NeedsSessionId, type ShipCall, TheShipCall } from './session-id.js';
import { asExecError } from './ship-errors.js';
import { ExecDto, ExecView } from './ship.dto.js';
import { ShipsService } from './ships.service.js';

const PAYLOAD = { schema: { type: 'object', additionalProperties: true, example: { command: 'ls -la' } } };

@ApiParam({ name: 'ship_id', example: '01234567-89ab-4cde-8f01-23456789abcd' })
@OlderApi()
@Needs('exec')
@Controller('ship/:ship_id/exec')
export class ShipExecController {
  constructor(
    private readonly ships: ShipsService,
    private readonly operations: ShipOperations,
  ) {}

  @Post()
  @HttpCode(200)
  @NeedsSessionId()
  @ApiOperation({ summary: 'Run Python, a command, or an operation on files', description: 'Wakes a stopped ship.' })
  @ApiResponse({ status: 200, type: ExecView })
  async byType(@TheShipCall() call: ShipCall, @Body() body: ExecDto): Promise<ExecView> {
    return this.run(call, body.type, body.payload);
  }

  @Post(':group/:operation')
  @HttpCode(200)
  @NeedsSessionId()
  @ApiParam({ name: 'group', description: 'First half of the operation.', example: 'shell' })
  @ApiParam({ name: 'operation', description: 'Its second half.', example: 'exec' })
  @ApiBody(PAYLOAD)
  @ApiOperation({ summary: 'The same with the operation in the path', description: 'The body is the payload.' })
  @ApiResponse({ status: 200, type: ExecView })
  async byPath(
    @TheShipCall() call: ShipCall,
    @Param('group') group: string,
    @Param('operation') operation: string,
    @Body() payload: unknown,
  ): Promise<ExecView> {
    return this.run(call, `${group}/${operation}`, payload);
  }

  private async run({ owner, id, sessionId }: ShipCall, type: string, payload: unknown): Promise<ExecView> {
    try {
      const bound = await this.ships.use(owner, id, sessionId);
      const { data, aliases, executionId } = await this.operations.run(type, bound, payload);
      return { ...aliases, success: true, data, error: null, execution_id: executionId ?? null };
    } catch (error) {
      throw asExecError(error);
    }
  }
}
