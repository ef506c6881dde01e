import { SetMetadata } from '@nestjs/common';

export const PUBLIC = Symbol('public');

/** Open without a key. `src/auth/routes.spec.ts` lists every such route. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);
