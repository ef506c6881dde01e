import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { type ContainerProfile, type Profile } from '../config/slices.js';
import { ListProfilesQuery, type ProfileContainerView, ProfileListView, type ProfileView } from './profile.dto.js';
import { ProfilesService } from './profiles.service.js';

@ApiTags('profiles')
@ApiBearerAuth()
@Needs('sandboxes:read')
@Controller('v1/profiles')
export class ProfilesController {
  constructor(private readonly profiles: ProfilesService) {}

  @Get()
  @ApiOperation({ summary: 'List the kinds of sandboxes' })
  @ApiResponse({ status: 200, type: ProfileListView })
  list(@Query() query: ListProfilesQuery): ProfileListView {
    return { items: this.profiles.list().map((profile) => view(profile, query.detail)) };
  }
}

function view(profile: Profile, detail: boolean): ProfileView {
  const [primary] = profile.containers;
  return {
    id: profile.id,
    image: primary.image,
    resources: { cpus: primary.cpus, memory: primary.memory },
    capabilities: [...profile.capabilities],
    idle_timeout: profile.idleTimeoutSec,
    description: detail ? profile.description : null,
    containers: detail ? profile.containers.map(containerView) : null,
  };
}

const containerView = (container: ContainerProfile): ProfileContainerView => ({
  name: container.name,
  runtime_type: container.runtime,
  capabilities: [...container.capabilities].sort(),
  resources: { cpus: container.cpus, memory: container.memory },
});
