import { ApiProperty } from '@nestjs/swagger';

export class PoolView {
  @ApiProperty({ example: 'python-default' })
  profile!: string;

  @ApiProperty({ example: 2, description: 'Spares that there should be.' })
  size!: number;

  @ApiProperty({ example: 1, description: 'Spares that a create can be given.' })
  ready!: number;

  @ApiProperty({ example: 1, description: 'Spares on their way.' })
  starting!: number;

  @ApiProperty({ example: 0, description: 'Failures in a row; 0 while all is well.' })
  failures!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'After failures: when the next try is due. RFC 3339.',
  })
  next_try_at!: string | null;
}

export class PoolListView {
  @ApiProperty({ type: [PoolView], description: 'One for each profile.' })
  items!: PoolView[];
}

export class PoolDrainedView {
  @ApiProperty({ example: 2, description: 'Spares that were removed.' })
  retired!: number;

  @ApiProperty({ description: 'False: the engine is slow, and the rest goes behind the answer.' })
  complete!: boolean;
}
