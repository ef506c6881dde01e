import { type OpenAPIObject } from '@nestjs/swagger';
import { refusesUnknownKeys } from '../http/validation.js';

/** Says of a body that it has no other keys, where they are refused. */
export function closeStrictBodies(document: OpenAPIObject): void {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    if (refusesUnknownKeys(name) && !('$ref' in schema)) schema.additionalProperties = false;
  }
}
