import { posix } from 'node:path';
import { Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { type Request, type Response } from 'express';
import { Needs } from '../auth/scopes.js';
import { FilesService } from '../capabilities/files.service.js';
import { readUpload } from '../capabilities/multipart-upload.js';
import { sendFile } from '../capabilities/send-file.js';
import { LimitsConfig } from '../config/slices.js';
import { StreamedBody } from '../http/json-body.interceptor.js';
import { BayError } from '../shared/errors.js';
import { shipPath, shownPath } from './operations/ship-path.js';
import { OlderApi } from './older-api.js';
import { NeedsSessionId, type ShipCall, TheShipCall } from './session-id.js';
import { asTransferError } from './ship-errors.js';
import { ShipDownloadQuery, ShipUploadView } from './ship.dto.js';
import { ShipsService } from './ships.service.js';

const UPLOAD_FORM = {
  type: 'object',
  required: ['file', 'file_path'],
  properties: {
    file: { type: 'string', format: 'binary', description: 'The content.', example: 'a,b' },
    file_path: { type: 'string', description: 'Where it goes, relative to the workspace.', example: 'data/table.csv' },
  },
};

@ApiParam({ name: 'ship_id', example: '01234567-89ab-4cde-8f01-23456789abcd' })
@OlderApi()
@Needs('files:write')
@Controller('ship/:ship_id')
export class ShipFilesController {
  constructor(
    private readonly ships: ShipsService,
    private readonly files: FilesService,
    private readonly limits: LimitsConfig,
  ) {}

  @Post('upload')
  @HttpCode(200)
  @StreamedBody()
  @NeedsSessionId()
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: UPLOAD_FORM })
  @ApiOperation({ summary: 'Upload a file', description: 'Streamed, in any order of its parts.' })
  @ApiResponse({ status: 200, type: ShipUploadView })
  async upload(
    @TheShipCall() { owner, id, sessionId }: ShipCall,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ShipUploadView> {
    // Set for the case that the rest of a refused upload is still on its way.
    response.set('connection', 'close');
    try {
      const { sandbox } = await this.ships.use(owner, id, sessionId);
      const { path, upload } = await readUpload(request, {
        receive: (body, signal) => this.files.receive(sandbox, body, signal),
        drop: (received) => this.files.drop(sandbox, received),
        maxBytes: this.limits.uploadBytes,
        pathField: 'file_path',
        readPath: (written) => shipPath(written, sessionId, 'file_path'),
      });
      await this.files.commit(sandbox, upload.id, path);
      response.removeHeader('connection');
      return { success: true, message: 'File uploaded successfully', file_path: shownPath(path), error: null };
    } catch (error) {
      throw asTransferError(withSize(error, request));
    }
  }

  @Get('download')
  @Needs('files:read')
  @NeedsSessionId()
  @ApiOperation({ summary: 'Download a file', description: 'Streamed.' })
  @ApiResponse({
    status: 200,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async download(
    @TheShipCall() { owner, id, sessionId }: ShipCall,
    @Query() query: ShipDownloadQuery,
    @Res() response: Response,
  ): Promise<void> {
    try {
      const { sandbox } = await this.ships.use(owner, id, sessionId);
      const path = shipPath(query.file_path, sessionId, 'file_path');
      await this.files.download(sandbox, path, (file) => sendFile(response, posix.basename(path), file));
    } catch (error) {
      throw asTransferError(error);
    }
  }
}

/** The published server says how large the refused file is; while it is streamed, the announced length is what is known. */
function withSize(error: unknown, request: Request): unknown {
  if (!(error instanceof BayError) || error.code !== 'payload_too_large') return error;
  const size = Number(request.headers['content-length']) || 'more';
  return new BayError(error.code, error.message, { details: { ...error.details, size }, cause: error });
}
