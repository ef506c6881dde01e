import { type OpenAPIObject } from '@nestjs/swagger';
import { operationsOf, resolve } from '../../src/openapi/document.js';
import { WITHOUT_ROUTE } from '../../src/openapi/error-rules.js';
import { previewOpenApi } from '../../src/openapi/preview.js';
import { ERRORS } from '../../src/shared/errors.js';

/** Everything in the document that lacks what a reader needs, one line each; asserted to be nothing. */
let document: OpenAPIObject;
beforeAll(async () => {
  document = JSON.parse(await previewOpenApi()) as OpenAPIObject;
});

interface Described {
  readonly description?: string;
  readonly example?: unknown;
}
type Schema = Parameters<typeof resolve>[1];
type Media = { readonly schema?: Schema; readonly example?: unknown; readonly examples?: Record<string, Described> };

const lacking = (where: string, { description, example }: Described): string[] => [
  ...(description ? [] : [`${where} has no description`]),
  ...(example === undefined ? [`${where} has no example`] : []),
];
const contentOf = (part: object | undefined): Media[] =>
  Object.values((part as { content?: Record<string, Media> } | undefined)?.content ?? {});

describe('every operation', () => {
  it('says in a line what it does', () => {
    const silent = operationsOf(document).filter(({ operation }) => !operation.summary);
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('describes each parameter with an example', () => {
    const problems = operationsOf(document).flatMap(({ name, operation }) =>
      (operation.parameters ?? []).flatMap((one) => {
        if (!('in' in one)) return [];
        // An optional one tells its example in words, so that /docs does not send it.
        const [, told] = /For example `(.+)`/.exec(one.description ?? '') ?? [];
        return lacking(`${name}: ${one.name}`, { ...one, example: one.example ?? told });
      }),
    );
    expect(problems).toEqual([]);
  });

  it('describes each field of its body, and has an example of the whole', () => {
    const problems = operationsOf(document).flatMap(({ name, operation }) =>
      contentOf(operation.requestBody).flatMap(({ schema, example }) => {
        const properties = Object.entries((schema && resolve(document, schema).properties) ?? {});
        const silent = properties.filter(([, field]) => !('description' in field && field.description));
        return [
          ...lacking(name, { description: 'a body', example }),
          ...silent.map(([field]) => `${name}: ${field} has no description`),
        ];
      }),
    );
    expect(problems).toEqual([]);
  });

  it('needs a body only where one of its fields is needed', () => {
    const wrong = operationsOf(document).filter(({ operation }) => {
      const body = operation.requestBody as { required?: boolean } | undefined;
      const isNeeded = contentOf(body).some(
        ({ schema }) => schema && (resolve(document, schema).required ?? []).length > 0,
      );
      return body !== undefined && (body.required ?? false) !== isNeeded;
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('has an example of its success', () => {
    const problems = operationsOf(document).flatMap(({ name, operation }) => {
      const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      expect(successes.length).toBeGreaterThan(0);
      return successes.flatMap(([status, response]) =>
        contentOf(response).flatMap(({ schema, example }) => {
          const isBytes = schema && resolve(document, schema).format === 'binary';
          return isBytes ? [] : lacking(`${name}: ${status}`, { description: 'a body', example });
        }),
      );
    });
    expect(problems).toEqual([]);
  });

  it('names the errors that it answers, each with an example of its own status', () => {
    const errors = operationsOf(document).flatMap(({ name, operation }) =>
      Object.entries(operation.responses).flatMap(([status, response]) =>
        contentOf(response).flatMap(({ examples = {} }) =>
          Object.keys(examples).map((code) => ({ name, status, code })),
        ),
      ),
    );
    const wrong = errors.filter(({ status, code }) => ERRORS[code as keyof typeof ERRORS]?.status !== Number(status));
    expect(wrong).toEqual([]);
    // The older API has errors of its own, which it describes as its default.
    const enveloped = operationsOf(document).filter(({ operation }) => !operation.responses['default']);
    const silent = enveloped.filter(({ name }) => !errors.some((one) => one.name === name));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

it('every error is answered by some operation, or by none on purpose', () => {
  const text = JSON.stringify(document.paths);
  const named = Object.keys(ERRORS).filter((code) => text.includes(`"#/components/examples/${code}"`));
  const unnamed = Object.keys(ERRORS).filter((code) => !named.includes(code));
  expect(unnamed.sort()).toEqual([...WITHOUT_ROUTE].sort());
});

it('every example of an error is the envelope with its code', () => {
  const examples = Object.entries(document.components?.examples ?? {}) as [string, { value: unknown }][];
  expect(examples.map(([code]) => code).sort()).toEqual(Object.keys(ERRORS).sort());
  for (const [code, { value }] of examples) {
    expect(value).toMatchObject({
      error: {
        code: code === 'schema_violation' ? 'validation_error' : code,
        message: expect.stringMatching(/\S/) as string,
        request_id: expect.stringMatching(/\S/) as string,
        details: expect.any(Object) as object,
      },
    });
  }
});
