// What the switch has told, by name: a snapshot, then what has changed.

export class Store {
  boards = new Map();
  queues = new Map();
  agents = new Map();
  calls = new Map();

  /** Takes a frame; says which of the four it touched. */
  take(frame) {
    if (frame.frame === "snapshot") for (const kind of ["boards", "queues", "agents", "calls"]) this[kind].clear();
    for (const board of frame.boards ?? []) this.boards.set(board.name, board);
    for (const queue of frame.queues ?? []) this.queues.set(queue.name, queue);
    for (const agent of frame.agents ?? []) this.agents.set(agent.name, agent);
    for (const call of frame.calls ?? []) this.calls.set(call.call, call);
    for (const call of frame.ended ?? []) this.calls.delete(call.call);
  }
}
