import { ApiProperty } from '@nestjs/swagger';
import { BoolField } from '../http/fields.js';

export class ListProfilesQuery {
  @BoolField({ optional: true, default: false, description: 'Also description and containers.' })
  detail = false;
}

export class ResourcesView {
  @ApiProperty({ example: 1 })
  cpus!: number;

  @ApiProperty({ example: '1g' })
  memory!: string;
}

export class ProfileContainerView {
  @ApiProperty({ example: 'primary' })
  name!: string;

  @ApiProperty({ example: 'ship' })
  runtime_type!: string;

  @ApiProperty({ type: [String], example: ['filesystem', 'python', 'shell'] })
  capabilities!: string[];

  @ApiProperty({ type: ResourcesView })
  resources!: ResourcesView;
}

export class ProfileView {
  @ApiProperty({ example: 'python-default' })
  id!: string;

  @ApiProperty({ example: 'ship:latest' })
  image!: string;

  @ApiProperty({ type: ResourcesView })
  resources!: ResourcesView;

  @ApiProperty({ type: [String], example: ['filesystem', 'shell', 'python'] })
  capabilities!: string[];

  @ApiProperty({ example: 1800, description: 'Seconds without use until it is stopped.' })
  idle_timeout!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Only with `detail`.' })
  description!: string | null;

  @ApiProperty({ type: [ProfileContainerView], nullable: true, description: 'Only with `detail`.' })
  containers!: ProfileContainerView[] | null;
}

export class ProfileListView {
  @ApiProperty({ type: [ProfileView] })
  items!: ProfileView[];
}
