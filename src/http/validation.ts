import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { BayError } from '../shared/errors.js';
import { fieldsOf } from './fields.js';

export interface FieldProblem {
  /** `body.timeout`, `query.limit` */
  readonly path: string;
  readonly message: string;
}

/** 422: the request has the wrong shape. */
export const schemaViolation = (errors: readonly FieldProblem[]): BayError =>
  new BayError(
    'schema_violation',
    `The request is not valid: ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
    {
      details: { errors },
    },
  );

const strict = new Set<object>();

/** For bodies of new routes: an unknown key is refused. On the older `/v1` routes it is ignored. */
export const RefuseUnknownKeys: ClassDecorator = (target) => void strict.add(target);

/** Whether the class of this name is one of them; for the documentation, which knows names alone. */
export const refusesUnknownKeys = (name: string): boolean =>
  [...strict].some((dto) => typeof dto === 'function' && dto.name === name);

/** Makes an instance of the parameter's class out of body or query; see {@link fieldsOf}. Parameters of other types pass. */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || !metatype || fieldsOf(metatype.prototype as object).size === 0)
      return value;
    return parseDto(metatype, value, type);
  }
}

/** Throws {@link schemaViolation} with every problem. An absent body is an empty one. */
export function parseDto<T extends object>(dto: new () => T, source: unknown, path: string): T {
  const values = source ?? {};
  if (typeof values !== 'object' || Array.isArray(values))
    throw schemaViolation([{ path, message: 'must be an object' }]);
  const instance = new dto() as T & Record<string, unknown>;
  const fields = fieldsOf(dto.prototype as object);
  const skipped = new Set<string>();
  for (const [key, { isNullable, isOptional, read }] of fields) {
    const given = Object.hasOwn(values, key) ? (values as Record<string, unknown>)[key] : undefined;
    if (given === undefined ? isOptional : given === null && isNullable) skipped.add(key);
    else Object.assign(instance, { [key]: read(given) });
  }
  const errors = validateSync(instance, { forbidUnknownValues: false, stopAtFirstError: true })
    .filter(({ property }) => !skipped.has(property))
    .map(({ property, constraints }) => problem(`${path}.${property}`, property, constraints));
  if (strict.has(dto)) {
    const unknown = Object.keys(values).filter((key) => !fields.has(key));
    errors.push(...unknown.map((key) => ({ path: `${path}.${key}`, message: 'is unknown' })));
  }
  if (errors.length > 0) throw schemaViolation(errors);
  return instance;
}

/** class-validator leads each message with the property's name, which is in the path. */
function problem(path: string, property: string, constraints: Record<string, string> = {}): FieldProblem {
  const [message = 'is not valid'] = Object.values(constraints);
  return { path, message: message.startsWith(`${property} `) ? message.slice(property.length + 1) : message };
}
