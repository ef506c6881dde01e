import { type OpenAPIObject } from '@nestjs/swagger';
import { type Operation, resolve } from './document.js';

/** A body may be left out where each of its fields may: Bay then takes their defaults. */
export function markOptionalBodies(document: OpenAPIObject, operations: readonly Operation[]): void {
  for (const { operation } of operations) {
    const { requestBody } = operation;
    if (!requestBody || !('content' in requestBody)) continue;
    requestBody.required = Object.values(requestBody.content).some(
      ({ schema }) => schema !== undefined && (resolve(document, schema).required ?? []).length > 0,
    );
  }
}
