import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request } from 'express';
import { ownerOf } from '../auth/owner.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { assertNotExpired } from './sandbox-waker.js';
import { type Sandbox } from './sandbox.js';
import { SandboxesService } from './sandboxes.service.js';

const CAPABILITY = Symbol('capability');

/** The route needs a capability that the sandbox's profile lists, and a sandbox that has not expired. */
export const Requires = (capability: string): ClassDecorator & MethodDecorator => SetMetadata(CAPABILITY, capability);

const sandboxes = new WeakMap<object, Sandbox>();

/**
 * Looks up the sandbox that the route names, for its owner. As a guard it runs before anything of the request is read or
 * validated: first 404 for the sandbox, then 400 for the capability, then the rest.
 */
@Injectable()
export class SandboxGuard implements CanActivate {
  constructor(
    private readonly service: SandboxesService,
    private readonly profiles: ProfilesService,
    private readonly reflector: Reflector,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const sandbox = await this.service.get({ owner: ownerOf(request) }, String(request.params.sandbox_id));
    const targets = [context.getHandler(), context.getClass()];
    const capability = this.reflector.getAllAndOverride<string | undefined>(CAPABILITY, targets);
    if (capability !== undefined) {
      assertNotExpired(sandbox, this.clock.now());
      this.assertOffered(sandbox, capability);
    }
    sandboxes.set(request, sandbox);
    return true;
  }

  private assertOffered(sandbox: Sandbox, capability: string): void {
    const available = this.profiles.find(sandbox.profileId)?.capabilities ?? [];
    if (available.includes(capability)) return;
    throw new BayError('capability_not_supported', `The profile ${sandbox.profileId} does not offer ${capability}.`, {
      details: { capability, available },
    });
  }
}

/** The sandbox that {@link SandboxGuard} found. */
export const TheSandbox = createParamDecorator((_: unknown, context: ExecutionContext): Sandbox => {
  const sandbox = sandboxes.get(context.switchToHttp().getRequest<Request>());
  if (!sandbox) throw new Error('A route asks for its sandbox without SandboxGuard.');
  return sandbox;
});
