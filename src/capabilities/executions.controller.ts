import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { ExecutionsService } from '../executions/executions.service.js';
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
  constructor(private readonly executions: ExecutionsService) {}

  @Post('python/exec')
  @HttpCode(200)
  @Requires('python')
  @ApiOperation({ summary: 'Run Python', description: 'Variables stay until the sandbox stops. Starts it if need be.' })
  @ApiResponse({ status: 200, type: PythonExecView })
  async python(@TheSandbox() sandbox: Sandbox, @Body() body: PythonExecDto): Promise<PythonExecView> {
    const request = { kind: 'python' as const, code: body.code, timeout_ms: body.timeout * 1000 };
    return pythonView(body, await this.executions.run(sandbox, request));
  }

  @Post('shell/exec')
  @HttpCode(200)
  @Requires('shell')
  @ApiOperation({ summary: 'Run a shell command', description: 'In the workspace. Starts the sandbox if need be.' })
  @ApiResponse({ status: 200, type: ShellExecView })
  async shell(@TheSandbox() sandbox: Sandbox, @Body() body: ShellExecDto): Promise<ShellExecView> {
    const cwd = body.cwd === null ? {} : { cwd: workspacePath(body.cwd, 'cwd') };
    const request = { kind: 'shell' as const, command: body.command, timeout_ms: body.timeout * 1000, ...cwd };
    return shellView(body, await this.executions.run(sandbox, request));
  }
}
