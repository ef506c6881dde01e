import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '../config/install-dir.js';
import { ERROR_RESPONSE, ERROR_SCHEMA } from './error-schema.js';

/** `/docs` and `/openapi.json`, both open; built when somebody first asks. The page's scripts come with Bay. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Bay API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
}

/** Needs the controllers alone: works on an application that was never initialised. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Bay')
    .setDescription('Self-hosted computers for AI agents: sandboxes with Python, a shell and files.')
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The API key of this Bay.' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`,
  });
  return withErrors(document);
}

/** Every operation may answer with the envelope; spelled once, in the components. */
function withErrors(document: OpenAPIObject): OpenAPIObject {
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Error: ERROR_SCHEMA };
  document.components.responses = { ...document.components.responses, Error: ERROR_RESPONSE };
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.put, path.post, path.delete, path.patch]) {
      if (operation) operation.responses['default'] ??= { $ref: '#/components/responses/Error' };
    }
  }
  return document;
}
