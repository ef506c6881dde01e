import { Body, Controller, Headers, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { KeyedExecutions } from '../executions/keyed-executions.js';
import { IDEMPOTENCY_KEY } from '../idempotency/idempotency-http.js';
import { type OnceRequest } from '../idempotency/idempotency.service.js';
import { Requires, SandboxGuard, TheSandbox } from '../sandboxes/sandbox.guard.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { PythonExecDto, PythonExecView, ShellExecDto, ShellExecView } from './execution.dto.js';
import { pythonView, shellView } from './execution-views.js';
import { workspacePath } from './workspace-path.js';

@ApiTags('executions')
@ApiBearerAuth()
@ApiParam({ name: 'sandbox_id', example: 'sandbox-0123456789ab' })
@UseGuards(SandboxGuard)
@Needs('exec')
@Controller('v1/sandboxes/:sandbox_id')
export class ExecutionsController {
  constructor(private readonly executions: KeyedExecutions) {}

  @Post('python/exec')
  @HttpCode(200)
  @Requires('python')
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Run Python', description: 'Variables stay until the sandbox stops. Starts it if need be.' })
  @ApiResponse({ status: 200, type: PythonExecView })
  async python(
    @TheSandbox() sandbox: Sandbox,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: PythonExecDto,
  ): Promise<PythonExecView> {
    const request = { kind: 'python' as const, code: body.code, timeout_ms: body.timeout * 1000 };
    const once = onceRequest(sandbox, 'python/exec', key, body);
    return this.executions.run(once, { sandbox, request, note: body }, (finished) => pythonView(body, finished));
  }

  @Post('shell/exec')
  @HttpCode(200)
  @Requires('shell')
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Run a shell command', description: 'In the workspace. Starts the sandbox if need be.' })
  @ApiResponse({ status: 200, type: ShellExecView })
  async shell(
    @TheSandbox() sandbox: Sandbox,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: ShellExecDto,
  ): Promise<ShellExecView> {
    const cwd = body.cwd === null ? {} : { cwd: workspacePath(body.cwd, 'cwd') };
    const request = { kind: 'shell' as const, command: body.command, timeout_ms: body.timeout * 1000, ...cwd };
    const once = onceRequest(sandbox, 'shell/exec', key, body);
    return this.executions.run(once, { sandbox, request, note: body }, (finished) => shellView(body, finished));
  }
}

const onceRequest = (sandbox: Sandbox, call: string, key: string | undefined, body: object): OnceRequest => ({
  owner: sandbox.owner,
  key,
  method: 'POST',
  path: `/v1/sandboxes/${sandbox.publicId}/${call}`,
  body,
});
