import { request as rawRequest } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Body, Controller, Get, Post, Put, Query, Req } from '@nestjs/common';
import { type Request } from 'express';
import { Public } from '../../src/auth/public.js';
import { CurrentOwner } from '../../src/auth/owner.js';
import { BoolField, IntField, TextField, TextListField } from '../../src/http/fields.js';
import { StreamedBody } from '../../src/http/json-body.interceptor.js';
import { PageQuery } from '../../src/http/paging.js';
import { RefuseUnknownKeys } from '../../src/http/validation.js';
import { BayError } from '../../src/shared/errors.js';
import { API_KEY, type PlatformApp, platformApp, withKey } from '../support/platform-app.js';

class ExecBody {
  @TextField({ maxLength: 10, withoutNul: true })
  code!: string;

  @IntField({ optional: true, min: 1, max: 300 })
  timeout = 30;

  @IntField({ nullable: true })
  ttl?: number;

  @BoolField({ optional: true })
  include_code = false;

  @TextListField({ nullable: true, maxItems: 2 })
  tags?: string[];
}

@RefuseUnknownKeys
class StrictBody {
  @TextField({ optional: true, oneOf: ['a', 'b'] })
  word = 'a';
}

@Controller('v1/test')
class TestController {
  @Post('exec')
  exec(@Body() body: ExecBody, @CurrentOwner() owner: string) {
    return { ...body, owner };
  }

  @Post('strict')
  strict(@Body() body: StrictBody) {
    return { ...body };
  }

  @Get('items')
  items(@Query() page: PageQuery) {
    return { ...page };
  }

  @Get('items/last')
  last() {
    return {};
  }

  @StreamedBody()
  @Put('items/:id')
  async upload(@Req() request: Request) {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    return { bytes, parsed: request.body !== undefined };
  }

  @Public()
  @Get('fail/:how')
  fail(@Req() request: Request) {
    if (request.params['how'] === 'busy') {
      throw new BayError('session_not_ready', 'Starting.', { retryAfterMs: 1200, details: { sandbox_id: 'x' } });
    }
    if (request.params['how'] === 'full') throw new BayError('quota_exceeded', 'Full.');
    throw new Error('a secret from the inside');
  }
}

let bay: PlatformApp;
beforeAll(async () => {
  bay = await platformApp({ controllers: [TestController], env: { BAY_LIMITS__BODY: '2k' } });
});
afterAll(() => bay.close());

const post = (path: string, body?: string | object) => {
  const request = bay.http.post(path).set(withKey);
  return body === undefined ? request : request.set('Content-Type', 'application/json').send(body);
};

describe('the key', () => {
  it.each([
    ['is missing', {}],
    ['is unknown', { Authorization: 'Bearer sk-bay-other' }],
    ['is empty', { Authorization: 'Bearer ' }],
    ['has another scheme', { Authorization: `Basic ${API_KEY}` }],
    ['is a prefix', { Authorization: `Bearer ${API_KEY.slice(0, -1)}` }],
  ])('that %s is 401', async (_, headers) => {
    const response = await bay.http.post('/v1/test/exec').set(headers).send({ code: '1' });
    expect(response.status).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.body).toEqual({
      error: {
        code: 'unauthorized',
        message: expect.any(String),
        request_id: response.headers['x-request-id'],
        details: {},
      },
    });
  });

  it('is asked for before the body is looked at', async () => {
    const response = await bay.http.post('/v1/test/exec').set('Content-Type', 'application/json').send('{broken');
    expect(response.status).toBe(401);
  });

  it('names the owner', async () => {
    expect((await post('/v1/test/exec', { code: '1' })).body).toMatchObject({ owner: 'default' });
  });

  it.each(['/', '/health', '/readyz', '/docs', '/docs/swagger-ui.css', '/docs/swagger-ui-init.js', '/openapi.json'])(
    'is not needed for %s',
    async (path) => expect((await bay.http.get(path)).status).toBe(200),
  );
});

describe('a request id', () => {
  it('is the given one where that is harmless', async () => {
    const response = await bay.http.get('/health').set('X-Request-Id', 'my.id_1-A');
    expect(response.headers['x-request-id']).toBe('my.id_1-A');
  });

  it.each(['a b', 'a\tb', '"x"', 'a'.repeat(129), '<x>'])('is a new one instead of %p', async (given) => {
    const response = await bay.http.get('/health').set('X-Request-Id', given);
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['GET', '/v1/nothing', 404, undefined],
    ['DELETE', '/v1/test/items', 405, undefined],
    ['POST', '/v1/test/exec', 413, 'x'.repeat(3000)],
    ['POST', '/v1/test/exec', 422, '{"code": '],
    ['GET', '/v1/test/fail/badly', 500, undefined],
    ['GET', '/v1/%E0%A4%A', 400, undefined],
    ['GET', '/docs/swagger-ui.css', 200, undefined],
    ['GET', '/openapi.json', 200, undefined],
    ['HEAD', '/health', 200, undefined],
    ['OPTIONS', '/v1/test/items', undefined, undefined],
  ])('is on the answer of %s %s', async (method, path, status, body) => {
    const { port } = bay.server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { ...withKey, 'Content-Type': 'application/json', 'X-Request-Id': 'mine' },
      ...(body === undefined ? {} : { body }),
    });
    await response.arrayBuffer();
    expect(response.headers.get('x-request-id')).toBe('mine');
    if (status !== undefined) expect(response.status).toBe(status);
  });

  it('is on errors, in their body, and in the log', async () => {
    const response = await bay.http.get('/v1/nothing').set('X-Request-Id', 'find-me');
    expect(response.headers['x-request-id']).toBe('find-me');
    expect(response.body.error.request_id).toBe('find-me');
    expect(bay.log).toContainEqual(
      expect.objectContaining({
        request_id: 'find-me',
        method: 'GET',
        path: '/v1/nothing',
        status: 404,
        ms: expect.any(Number),
      }),
    );
  });
});

describe('an error', () => {
  it('says when to try again', async () => {
    const busy = await bay.http.get('/v1/test/fail/busy');
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '2']);
    expect(busy.body.error).toMatchObject({ code: 'session_not_ready', retryable: true, details: { sandbox_id: 'x' } });
    const full = await bay.http.get('/v1/test/fail/full');
    expect([full.status, full.headers['retry-after']]).toEqual([429, '1']);
  });

  it('that nobody foresaw leaks nothing, and is logged with its cause', async () => {
    const response = await bay.http.get('/v1/test/fail/badly').set('X-Request-Id', 'unforeseen');
    expect(response.status).toBe(500);
    expect(response.body.error.code).toBe('internal_error');
    expect(response.text).not.toContain('secret');
    const logged = bay.log.find((entry) => entry['request_id'] === 'unforeseen' && entry['code'] === 'internal_error');
    expect(logged).toMatchObject({ err: { message: 'a secret from the inside' } });
  });

  it.each([
    ['an unknown path', 'GET /v1/nothing', '404 not_found'],
    ['an unknown path with a broken escape', 'GET /v1/%E0%A4%A', '400 validation_error'],
    ['a broken escape in a parameter', 'GET /v1/test/fail/%E0%A4%A', '400 validation_error'],
    ['a wrong method', 'DELETE /v1/test/items', '405 method_not_allowed'],
    ['a wrong method with a parameter', 'GET /v1/test/items/1', '405 method_not_allowed'],
  ])('of %s has the envelope', async (_, route, expected) => {
    const [method, path = ''] = route.split(' ');
    const response = await bay.http[method === 'GET' ? 'get' : 'delete'](path).set(withKey);
    expect(`${response.status} ${response.body.error?.code}`).toBe(expected);
  });

  it('of a wrong method says the right ones', async () => {
    const response = await bay.http.delete('/v1/test/items').set(withKey);
    expect(response.headers['allow']).toBe('GET, HEAD');
    expect(response.body.error.details).toEqual({ allowed: ['GET', 'HEAD'] });
  });

  it.each([
    ['/v1/test/items/last', 'GET, HEAD'],
    ['/v1/test/items/other', 'PUT'],
  ])('of a wrong method says those of the template that fits %s best', async (path, allow) => {
    expect((await bay.http.delete(path).set(withKey)).headers['allow']).toBe(allow);
  });
});

describe('a body', () => {
  it('that is broken is 422', async () => {
    const response = await post('/v1/test/exec', '{"code": ');
    expect(response.status).toBe(422);
    expect(response.body.error).toMatchObject({
      code: 'validation_error',
      details: { errors: [{ path: 'body', message: 'must be JSON' }] },
    });
  });

  it.each([
    ['a list', '[]'],
    ['text', '"x"'],
    ['null', 'null'],
    ['a number', '1'],
  ])('that is %s is 422', async (_, body) => {
    expect((await post('/v1/test/exec', body)).status).toBe(422);
  });

  it('over the limit is 413', async () => {
    const response = await post('/v1/test/exec', { code: 'x'.repeat(3000) });
    expect([response.status, response.body.error.code]).toEqual([413, 'payload_too_large']);
    expect(response.body.error.details).toEqual({ limit_bytes: 2048 });
  });

  it('over the limit is 413 when its length is not announced', async () => {
    const { port } = bay.server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const headers = { ...withKey, 'Content-Type': 'application/json' };
      const request = rawRequest({ port, path: '/v1/test/exec', method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.write('"');
      request.end('x'.repeat(5000));
    });
    expect(status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
  ])('of type %s is 415', async (type) => {
    const response = await bay.http.post('/v1/test/exec').set(withKey).set('Content-Type', type).send('a=1');
    expect([response.status, response.body.error.code]).toEqual([415, 'unsupported_media_type']);
  });

  it('may be left out', async () => {
    expect((await post('/v1/test/strict')).body).toEqual({ word: 'a' });
    expect((await post('/v1/test/exec')).body.error.details.errors).toEqual([
      { path: 'body.code', message: 'must be a string' },
    ]);
  });

  it('of an upload reaches its handler untouched, whatever its type and size', async () => {
    const response = await bay.http
      .put('/v1/test/items/1')
      .set(withKey)
      .set('Content-Type', 'application/json')
      .send('x'.repeat(100_000));
    expect(response.body).toEqual({ bytes: 100_000, parsed: false });
  });
});

describe('a field', () => {
  it.each([
    ['"60"', 60],
    ['60.0', 60],
    ['60', 60],
    ['" 60 "', 60],
    ['"60.0"', 60],
  ])('takes %s for a whole number', async (timeout, expected) => {
    expect((await post('/v1/test/exec', `{"code":"1","timeout":${timeout}}`)).body.timeout).toBe(expected);
  });

  it.each(['60.5', 'true', '"abc"', '"60.5"', '""', '[60]', '{}', 'null', '0', '301', '1e999', '"1e2"'])(
    'refuses %s as a timeout',
    async (timeout) => {
      const response = await post('/v1/test/exec', `{"code":"1","timeout":${timeout}}`);
      expect(response.status).toBe(422);
      expect(response.body.error.details.errors).toEqual([{ path: 'body.timeout', message: expect.any(String) }]);
    },
  );

  it.each([
    ['"yes"', true],
    ['"False"', false],
    ['1', true],
    ['0', false],
    ['true', true],
  ])('takes %s for %p', async (value, expected) => {
    expect((await post('/v1/test/exec', `{"code":"1","include_code":${value}}`)).body.include_code).toBe(expected);
  });

  it.each(['"maybe"', '2', '[]'])('refuses %s as true or false', async (value) => {
    expect((await post('/v1/test/exec', `{"code":"1","include_code":${value}}`)).status).toBe(422);
  });

  it('that may hold no NUL is refused with one', async () => {
    expect((await post('/v1/test/exec', { code: 'a\n\tb' })).status).toBe(201);
    const response = await post('/v1/test/exec', { code: 'a\0b' });
    expect(response.body.error).toMatchObject({
      code: 'validation_error',
      details: { errors: [{ path: 'body.code', message: 'must hold no NUL byte' }] },
    });
  });

  it('is absent when it is null and may be', async () => {
    const response = await post('/v1/test/exec', { code: '1', ttl: null, tags: null });
    expect(response.status).toBe(201);
    expect(response.body).toEqual({ code: '1', timeout: 30, include_code: false, owner: 'default' });
  });

  it('is refused when it is null and may not be', async () => {
    expect((await post('/v1/test/exec', { code: null })).status).toBe(422);
  });

  it('of the wrong type is reported with all others', async () => {
    const response = await post('/v1/test/exec', { code: 5, timeout: 'x', ttl: [], tags: [1], include_code: 'x' });
    const paths = response.body.error.details.errors.map(({ path }: { path: string }) => path);
    expect(paths.sort()).toEqual(['body.code', 'body.include_code', 'body.tags', 'body.timeout', 'body.ttl']);
  });

  it('that nobody knows is ignored, or refused on new routes; prototypes stay what they are', async () => {
    const hostile = '{"code":"1","other":1,"__proto__":{"timeout":9},"constructor":1}';
    expect((await post('/v1/test/exec', hostile)).body).toEqual({
      code: '1',
      timeout: 30,
      include_code: false,
      owner: 'default',
    });
    const strict = await post('/v1/test/strict', { word: 'b', wrod: 'a' });
    expect(strict.body.error.details.errors).toEqual([{ path: 'body.wrod', message: 'is unknown' }]);
    expect((await post('/v1/test/strict', { word: 'c' })).status).toBe(422);
  });

  it('of a query is read the same way', async () => {
    const get = (query: string) => bay.http.get(`/v1/test/items?${query}`).set(withKey);
    expect((await get('')).body).toEqual({ limit: 50 });
    expect((await get('limit=7&cursor=abc&x=1')).body).toEqual({ limit: 7, cursor: 'abc' });
    for (const bad of ['limit=0', 'limit=201', 'limit=x', 'limit=1&limit=2', 'limit=']) {
      expect((await get(bad)).status).toBe(422);
    }
  });
});

describe('the log', () => {
  it('holds neither keys nor queries', async () => {
    await bay.http.get(`/v1/test/items?cursor=in-the-query`).set(withKey);
    const text = JSON.stringify(bay.log);
    expect(text).toContain('/v1/test/items');
    expect([API_KEY, 'Bearer', 'in-the-query'].filter((secret) => text.includes(secret))).toEqual([]);
  });
});
