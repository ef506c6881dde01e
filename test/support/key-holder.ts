import { type FakeBay } from './fake-bay.js';

export interface KeyBody {
  readonly id: string;
  readonly key: string;
  readonly owner: string;
}

/** Somebody with a key of the table, made by the configured one. */
export class KeyHolder {
  private constructor(
    private readonly bay: FakeBay,
    readonly key: KeyBody,
  ) {}

  static async make(bay: FakeBay, body: object): Promise<KeyHolder> {
    const answer = await bay.post('/v1/keys', { name: 'test', ...body }).expect(201);
    return new KeyHolder(bay, answer.body as KeyBody);
  }

  call(method: string, path: string, body?: object) {
    const { http } = this.bay.app;
    const name = method.toLowerCase() as 'get' | 'put' | 'post' | 'patch' | 'delete';
    const call = http[name](path).set('Authorization', `Bearer ${this.key.key}`);
    return body === undefined ? call : call.send(body);
  }
}
