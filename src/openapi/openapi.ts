import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '../config/install-dir.js';
import { operationsOf } from './document.js';
import { addErrors } from './error-responses.js';
import { addExamples } from './examples.js';
import { markOptionalBodies } from './optional-bodies.js';
import { closeStrictBodies } from './strict-bodies.js';

/** `/docs` and `/openapi.json`, both open; built when somebody first asks. The page's scripts come with Bay. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Bay API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
}

const DESCRIPTION = `Self-hosted computers for AI agents: sandboxes with Python, a shell and files.

Errors have one envelope, whatever answers them. Those of a route stand with it. Beside them, every path answers 405
\`method_not_allowed\` with \`Allow\` to methods that it does not have, and every connection 400 \`validation_error\` to what is no
HTTP, 431 \`head_too_large\` and 408 \`request_timeout\`.`;

/** Needs the controllers alone: works on an application that was never initialised. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Bay')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'An API key of this Bay, or a token (JWT) where an issuer is configured.',
    })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`,
  });
  const operations = operationsOf(document);
  markOptionalBodies(document, operations);
  closeStrictBodies(document);
  addErrors(document, operations);
  addExamples(document, operations);
  return document;
}
