import { type OpenAPIObject } from '@nestjs/swagger';

/** Parts of the document, by the types of the package that makes it. */
export type Components = NonNullable<OpenAPIObject['components']>;
type SchemaOrReference = NonNullable<Components['schemas']>[string];
export type Schema = Exclude<SchemaOrReference, { $ref: string }>;
type PathItem = OpenAPIObject['paths'][string];
export type OperationObject = NonNullable<PathItem['get']>;
export type Parameter = Exclude<NonNullable<OperationObject['parameters']>[number], { $ref: string }>;
export type Response = Exclude<OperationObject['responses'][string], { $ref: string } | undefined>;

export interface Operation {
  /** `POST /v1/sandboxes` */
  readonly name: string;
  readonly operation: OperationObject;
}

export function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'put', 'post', 'delete', 'patch'] as const).flatMap((method) => {
      const operation = item[method];
      return operation ? [{ name: `${method.toUpperCase()} ${path}`, operation }] : [];
    }),
  );
}

/** The schema itself, or the one of the components that it refers to. */
export function resolve(document: OpenAPIObject, schema: SchemaOrReference): Schema {
  if (!('$ref' in schema)) return schema;
  const found = document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`The document has no ${schema.$ref}.`);
  return resolve(document, found);
}
