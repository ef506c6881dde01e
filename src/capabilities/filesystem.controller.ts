import { posix } from 'node:path';
import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Request, type Response } from 'express';
import { Needs } from '../auth/scopes.js';
import { LimitsConfig } from '../config/slices.js';
import { StreamedBody } from '../http/json-body.interceptor.js';
import { StatusView } from '../sandboxes/sandbox.dto.js';
import { Requires, SandboxGuard, TheSandbox } from '../sandboxes/sandbox.guard.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { FilesService } from './files.service.js';
import {
  DirectoryPathQuery,
  DirectoryView,
  FileContentView,
  FilePathQuery,
  UploadView,
  WriteFileDto,
} from './filesystem.dto.js';
import { readUpload } from './multipart-upload.js';
import { sendFile } from './send-file.js';
import { pathInside, workspacePath } from './workspace-path.js';

const UPLOAD_FORM = {
  type: 'object',
  required: ['file', 'path'],
  properties: {
    file: { type: 'string', format: 'binary', description: 'The content.', example: 'a,b' },
    path: { type: 'string', description: 'Where it goes, relative to the workspace.', example: 'data/table.csv' },
  },
};

@ApiTags('filesystem')
@ApiBearerAuth()
@ApiParam({ name: 'sandbox_id', example: 'sandbox-0123456789ab' })
@UseGuards(SandboxGuard)
@Requires('filesystem')
@Needs('files:write')
@Controller('v1/sandboxes/:sandbox_id/filesystem')
export class FilesystemController {
  constructor(
    private readonly files: FilesService,
    private readonly limits: LimitsConfig,
  ) {}

  @Needs('files:read')
  @Get('files')
  @ApiOperation({ summary: 'Read a text file' })
  @ApiResponse({ status: 200, type: FileContentView })
  async read(@TheSandbox() sandbox: Sandbox, @Query() query: FilePathQuery): Promise<FileContentView> {
    return { content: await this.files.read(sandbox, workspacePath(query.path)) };
  }

  @Put('files')
  @ApiOperation({ summary: 'Write a text file', description: 'Parents are made; what was there is replaced at once.' })
  @ApiResponse({ status: 200, type: StatusView })
  async write(@TheSandbox() sandbox: Sandbox, @Body() body: WriteFileDto): Promise<StatusView> {
    await this.files.write(sandbox, pathInside(body.path), body.content);
    return { status: 'ok' };
  }

  @Delete('files')
  @ApiOperation({ summary: 'Delete a file, or a directory with all in it' })
  @ApiResponse({ status: 200, type: StatusView })
  async delete(@TheSandbox() sandbox: Sandbox, @Query() query: FilePathQuery): Promise<StatusView> {
    await this.files.delete(sandbox, pathInside(query.path));
    return { status: 'ok' };
  }

  @Needs('files:read')
  @Get('directories')
  @ApiOperation({ summary: 'List a directory' })
  @ApiResponse({ status: 200, type: DirectoryView })
  async list(@TheSandbox() sandbox: Sandbox, @Query() query: DirectoryPathQuery): Promise<DirectoryView> {
    return this.files.list(sandbox, workspacePath(query.path));
  }

  @Post('upload')
  @HttpCode(200)
  @StreamedBody()
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: UPLOAD_FORM })
  @ApiOperation({ summary: 'Upload a file', description: 'Streamed. A cut-off upload leaves the old file as it was.' })
  @ApiResponse({ status: 200, type: UploadView })
  async upload(
    @TheSandbox() sandbox: Sandbox,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadView> {
    // Set for the case that the rest of a refused upload is still on its way.
    response.set('connection', 'close');
    const { path, upload } = await readUpload(request, {
      receive: (body, signal) => this.files.receive(sandbox, body, signal),
      drop: (id) => this.files.drop(sandbox, id),
      maxBytes: this.limits.uploadBytes,
      pathField: 'path',
      readPath: pathInside,
    });
    response.removeHeader('connection');
    await this.files.commit(sandbox, upload.id, path);
    return { status: 'ok', path, size: upload.size };
  }

  @Needs('files:read')
  @Get('download')
  @ApiOperation({ summary: 'Download a file', description: 'Streamed.' })
  @ApiResponse({
    status: 200,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async download(
    @TheSandbox() sandbox: Sandbox,
    @Query() query: FilePathQuery,
    @Res() response: Response,
  ): Promise<void> {
    const path = workspacePath(query.path);
    await this.files.download(sandbox, path, (file) => sendFile(response, posix.basename(path), file));
  }
}
