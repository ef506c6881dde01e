import { Injectable } from '@nestjs/common';
import { type Profile, ProfilesConfig } from '../config/slices.js';
import { BayError } from '../shared/errors.js';

/** The configured profiles. A sandbox may name one that the configuration no longer has. */
@Injectable()
export class ProfilesService {
  private readonly byId: ReadonlyMap<string, Profile>;

  constructor(config: ProfilesConfig) {
    this.byId = new Map(config.profiles.map((profile) => [profile.id, profile]));
  }

  list(): Profile[] {
    return [...this.byId.values()];
  }

  find(id: string): Profile | null {
    return this.byId.get(id) ?? null;
  }

  /** Throws `validation_error`, with the profiles that there are. */
  get(id: string): Profile {
    const profile = this.find(id);
    if (profile) return profile;
    throw new BayError('validation_error', `Invalid profile: ${id}`, {
      details: { profile: id, available: [...this.byId.keys()] },
    });
  }
}
