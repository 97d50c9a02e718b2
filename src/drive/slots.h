/* Numbers that stand for a flow's kept packets, since the thread that finds the flow is not the one
 * that keeps the packets: a shard gives a flow a slot, and the hearer knows what is in it. */
#ifndef DRIVE_SLOTS_H
#define DRIVE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

/* The shard's side: slots that are free again. Zeroed: none was given yet. */
struct slot_pool {
	uint32_t *free;
	size_t free_n, room, given;
};

/* A slot; 0: out of memory. */
uint32_t slot_take(struct slot_pool *p);
void slot_give(struct slot_pool *p, uint32_t slot);
void slot_pool_release(struct slot_pool *p);

/* The hearer's side: the place of each slot's newest packet (flow/evidence.h).
 * Zeroed: all are empty. */
struct slots {
	uint64_t *newest;
	size_t room;
};

/* Where that place is written; NULL: out of memory. */
uint64_t *slot_place(struct slots *s, uint32_t slot);
/* The place; 0: nothing is kept. */
uint64_t slot_newest(const struct slots *s, uint32_t slot);
/* The same; the slot is empty afterwards. */
uint64_t slot_leave(struct slots *s, uint32_t slot);
void slots_release(struct slots *s);

#endif
