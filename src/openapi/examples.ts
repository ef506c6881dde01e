import { type OpenAPIObject } from '@nestjs/swagger';
import { type Operation, type Parameter, resolve, type Schema } from './document.js';

type SchemaOrReference = Parameters<typeof resolve>[1];

/** Ids in paths, described once for every route that has them. */
const PATH_PARAMETERS: Readonly<Record<string, { readonly description: string; readonly example: string }>> = {
  sandbox_id: { description: 'Id of a sandbox.', example: 'sandbox-0123456789ab' },
  cargo_id: { description: 'Id of a cargo.', example: 'ws-0123456789ab' },
  key_id: { description: 'Id of an API key.', example: 'key-0123456789ab' },
  ship_id: { description: 'Id of a ship.', example: '01234567-89ab-4cde-8f01-23456789abcd' },
  session_id: { description: 'As the caller chose it.', example: 'my-session' },
  execution_id: { description: 'Id of an execution.', example: 'exec-0123456789ab' },
};

/** Gives every parameter, body and success an example, composed of what their fields say. */
export function addExamples(document: OpenAPIObject, operations: readonly Operation[]): void {
  for (const { operation } of operations) {
    for (const parameter of operation.parameters ?? []) {
      if (!('in' in parameter)) continue;
      if (parameter.in === 'path') Object.assign(parameter, PATH_PARAMETERS[parameter.name] ?? {});
      const example: unknown = parameter.example ?? (parameter.schema && exampleOf(document, parameter.schema));
      if (parameter.required || hasDefault(document, parameter.schema)) Object.assign(parameter, { example });
      else tellExample(parameter, example);
    }
    const { requestBody } = operation;
    const bodies = [...(requestBody ? [requestBody] : []), ...Object.values(operation.responses)];
    for (const body of bodies) {
      if (!body || !('content' in body)) continue;
      for (const media of Object.values(body.content ?? {})) {
        if (media.schema && media.examples === undefined) media.example ??= exampleOf(document, media.schema);
      }
    }
  }
}

/** In words: the page at `/docs` would fill it in, and send it with every request that somebody tries. */
function tellExample(parameter: Parameter, example: unknown): void {
  if (example === undefined) return;
  delete parameter.example;
  if (parameter.schema && !('$ref' in parameter.schema)) delete parameter.schema.example;
  parameter.description = `${parameter.description ?? ''} For example \`${String(example)}\`.`.trim();
}

const hasDefault = (document: OpenAPIObject, schema: Parameter['schema']): boolean =>
  schema !== undefined && resolve(document, schema).default !== undefined;

/** `undefined` where neither the schema nor its parts have one. */
export function exampleOf(document: OpenAPIObject, from: SchemaOrReference): unknown {
  const schema = resolve(document, from);
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  const [first] = schema.enum ?? [];
  if (first !== undefined) return first;
  const [base] = schema.allOf ?? [];
  if (base) return exampleOf(document, base);
  if (schema.properties) return ofProperties(document, schema.properties);
  if (schema.type === 'array' && schema.items) {
    const item = exampleOf(document, schema.items);
    return item === undefined ? undefined : [item];
  }
  if (schema.type === 'boolean') return true;
  return schema.nullable ? null : undefined;
}

function ofProperties(document: OpenAPIObject, properties: NonNullable<Schema['properties']>): unknown {
  const entries = Object.entries(properties).map(([name, schema]) => [name, exampleOf(document, schema)] as const);
  return entries.some(([, example]) => example === undefined) ? undefined : Object.fromEntries(entries);
}
