import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  NotEquals,
} from 'class-validator';

/**
 * The fields of request bodies and queries. A field says how its value is read, checked and documented. Defaults are the
 * initialisers of the class: `@IntField({ min: 1, max: 300 }) timeout = 30`. Nothing is converted unless a field says so.
 */
export interface FieldOptions {
  /** May be left out; then the property keeps its initialiser. Default false. */
  readonly optional?: boolean;
  /** `null` means the same as absent; makes the field optional, too. Default false. */
  readonly nullable?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  /** For the documentation; the value itself is the initialiser. */
  readonly default?: unknown;
}

interface Field {
  readonly isNullable: boolean;
  readonly isOptional: boolean;
  /** Gives the value back unchanged where it cannot be read: the check then says what is wrong. */
  readonly read: (value: unknown) => unknown;
}

const fields = new WeakMap<object, Map<string, Field>>();

/** Of the class and those it extends. */
export function fieldsOf(prototype: object): ReadonlyMap<string, Field> {
  const parent: unknown = Object.getPrototypeOf(prototype);
  const inherited = parent && parent !== Object.prototype ? fieldsOf(parent) : [];
  return new Map([...inherited, ...(fields.get(prototype) ?? [])]);
}

export function IntField(
  options: FieldOptions & { readonly min?: number; readonly max?: number } = {},
): PropertyDecorator {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  return field(options, readInt, [IsInt(), Min(min), Max(max)], {
    type: 'integer',
    minimum: min,
    maximum: max,
  });
}

/** A number, whole or not. */
export function NumberField(options: FieldOptions & { readonly above: number }): PropertyDecorator {
  return field(options, readNumber, [IsNumber(), Min(options.above), NotEquals(options.above)], {
    type: 'number',
    minimum: options.above,
    exclusiveMinimum: true,
  });
}

const WITHOUT_NUL = /^[^\u0000]*$/;

export function TextField(
  options: FieldOptions & {
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly oneOf?: readonly string[];
    /** Refuses U+0000, which no argument of a process and no text of PostgreSQL can hold. Default false. */
    readonly withoutNul?: boolean;
  } = {},
): PropertyDecorator {
  const { minLength, maxLength, oneOf, withoutNul } = options;
  const checks = [IsString()];
  if (minLength !== undefined) checks.push(MinLength(minLength));
  if (maxLength !== undefined) checks.push(MaxLength(maxLength));
  if (oneOf) checks.push(IsIn(oneOf));
  if (withoutNul) checks.push(Matches(WITHOUT_NUL, { message: 'must hold no NUL byte' }));
  return field(options, (value) => value, checks, {
    type: 'string',
    ...(withoutNul ? { pattern: WITHOUT_NUL.source } : {}),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(oneOf ? { enum: [...oneOf] } : {}),
  });
}

export function BoolField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, readBool, [IsBoolean()], { type: 'boolean' });
}

export function TextListField(
  options: FieldOptions & { readonly maxItems: number; readonly oneOf?: readonly string[] },
): PropertyDecorator {
  const { oneOf } = options;
  const checks = [IsArray(), ArrayMaxSize(options.maxItems), IsString({ each: true })];
  if (oneOf) checks.push(IsIn(oneOf, { each: true }));
  return field(options, (value) => value, checks, {
    type: 'array',
    items: { type: 'string', ...(oneOf ? { enum: [...oneOf] } : {}) },
    maxItems: options.maxItems,
  });
}

export function field(
  options: FieldOptions,
  read: Field['read'],
  checks: readonly PropertyDecorator[],
  documentation: ApiPropertyOptions,
): PropertyDecorator {
  const { nullable = false, optional = nullable, description, example } = options;
  const remember: PropertyDecorator = (prototype, name) => {
    const known = fields.get(prototype) ?? new Map<string, Field>();
    fields.set(prototype, known.set(String(name), { isNullable: nullable, isOptional: optional, read }));
  };
  // ApiPropertyOptions is a union by `type`; spreading it widens the union, the parts are checked where they are written.
  const shown = {
    ...documentation,
    required: !optional,
    ...(nullable ? { nullable } : {}),
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { example }),
    ...('default' in options ? { default: options.default } : {}),
  } as ApiPropertyOptions;
  return applyDecorators(remember, ApiProperty(shown), ...checks);
}

/** `60`, `60.0` and `"60"` are 60; `60.5`, `true` and `"abc"` stay what they are. */
function readInt(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(\.0*)?\s*$/.test(value) ? Number(value) : value;
}

/** `0.5` and `"0.5"`. */
function readNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(\.\d*)?\s*$/.test(value) ? Number(value) : value;
}

const TRUE: readonly unknown[] = ['true', '1', 'yes', 'on', 1];
const FALSE: readonly unknown[] = ['false', '0', 'no', 'off', 0];

function readBool(value: unknown): unknown {
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  return TRUE.includes(word) ? true : FALSE.includes(word) ? false : value;
}
