import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { type Identity } from '../auth/identity.js';
import { Caller } from '../auth/owner.js';
import { Needs } from '../auth/scopes.js';
import { decodeCursor, pageOf } from '../http/paging.js';
import { IDEMPOTENCY_KEY, send } from '../idempotency/idempotency-http.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { type ApiKey } from './api-key.js';
import { CreateKeyDto, KeyListView, KeyView, ListKeysQuery, NewKeyView } from './key.dto.js';
import { KeysService } from './keys.service.js';
import { SealedSecrets } from './sealed-secrets.js';

const KEY_ID = { name: 'key_id', example: 'key-0123456789ab' };

/** The keys of all owners. */
@ApiTags('keys')
@ApiBearerAuth()
@Needs('admin')
@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly keys: KeysService,
    private readonly idempotency: IdempotencyService,
    private readonly seals: SealedSecrets,
  ) {}

  @Post()
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Create an API key', description: 'The only answer that holds the key itself.' })
  @ApiResponse({ status: 201, type: NewKeyView })
  async create(
    @Caller() caller: Identity,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: CreateKeyDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NewKeyView> {
    const { name, role, scopes, ttl } = body;
    const request = { owner: caller.owner, key, method: 'POST', path: '/v1/keys', body };
    const answer = await this.idempotency.once(request, async () => {
      const wish = { name, role, scopes, owner: body.owner ?? caller.owner, ttlSec: ttl };
      const made = await this.keys.create(wish, caller);
      // Answers are kept for repetitions: a key must not lie among them as it is.
      return { status: 201, body: { ...view(made.row), sealed: this.seals.seal(made.key) } };
    });
    const { sealed, ...shown } = send(response, answer);
    return { ...shown, key: this.seals.open(sealed) };
  }

  @Get()
  @ApiOperation({ summary: 'List API keys, newest first' })
  @ApiResponse({ status: 200, type: KeyListView })
  async list(@Query() { limit, cursor, owner }: ListKeysQuery): Promise<KeyListView> {
    const rows = await this.keys.list({ limit, owner: owner ?? null, after: decodeCursor(cursor) ?? null });
    const page = pageOf(rows, limit, { show: view, position: (row) => ({ createdAtMs: row.createdAt, id: row.id }) });
    return { items: [...page.items], next_cursor: page.next_cursor };
  }

  @Get(':key_id')
  @ApiParam(KEY_ID)
  @ApiOperation({ summary: 'Look at one API key' })
  @ApiResponse({ status: 200, type: KeyView })
  async get(@Param('key_id') id: string): Promise<KeyView> {
    return view(await this.keys.get(id));
  }

  @Delete(':key_id')
  @HttpCode(204)
  @ApiParam(KEY_ID)
  @ApiOperation({ summary: 'Revoke an API key', description: 'It opens nothing from the answer on.' })
  @ApiResponse({ status: 204, description: 'Revoked.' })
  async delete(@Caller() caller: Identity, @Param('key_id') id: string): Promise<void> {
    await this.keys.remove(id, caller);
  }
}

const instant = (epochMs: number | null): string | null => (epochMs === null ? null : new Date(epochMs).toISOString());

const view = (key: ApiKey): KeyView => ({
  id: key.publicId,
  name: key.name,
  owner: key.owner,
  role: key.role,
  scopes: key.scopes,
  prefix: key.prefix,
  created_at: new Date(key.createdAt).toISOString(),
  expires_at: instant(key.expiresAt),
  last_used_at: instant(key.lastUsedAt),
});
