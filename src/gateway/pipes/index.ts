// EventBridge Pipes: every operation that is served, by name. https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/

import { createPipe } from './create-pipe.ts';
import { deletePipe } from './delete-pipe.ts';
import { describePipe } from './describe-pipe.ts';
import { listPipes } from './list-pipes.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import type { PipesHandlers, PipesRooms } from './operation.ts';
import { startPipe } from './start-pipe.ts';
import { stopPipe } from './stop-pipe.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';
import { updatePipe } from './update-pipe.ts';

export function pipesHandlers(rooms: PipesRooms): PipesHandlers {
  return {
    CreatePipe: createPipe(rooms),
    DeletePipe: deletePipe(rooms),
    DescribePipe: describePipe(rooms),
    ListPipes: listPipes(rooms),
    ListTagsForResource: listTagsForResource(rooms),
    StartPipe: startPipe(rooms),
    StopPipe: stopPipe(rooms),
    TagResource: tagResource(rooms),
    UntagResource: untagResource(rooms),
    UpdatePipe: updatePipe(rooms),
  };
}

export type { PipesRooms } from './operation.ts';
