#include "live/bulletin.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"

#define FREE_MOST 8u /* bulletins kept to be written again */

struct postbox {
	pthread_mutex_t lock;
	pthread_cond_t come, gone; /* a bulletin came, or the writer parked; one was taken, or a wish changed */
	size_t sources, dockets, bytes_most;
	struct bulletin *first, *last, *spare;
	size_t queued_bytes;
	unsigned spare_n;
	enum wish wish;
	bool parked, abandoned;
};

static size_t bulletin_bytes(const struct bulletin *b)
{
	size_t n = sizeof *b + BULLETIN_FRAMES * sizeof *b->seen;

	for (size_t i = 0; i < b->docket_n; i++)
		n += b->dockets[i].room;
	return n;
}

static void bulletin_free(struct bulletin *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->docket_n; i++)
		docket_release(&b->dockets[i]);
	free(b->dockets);
	free(b->seen);
	free(b->sources);
	free(b);
}

static struct bulletin *bulletin_new(size_t sources, size_t dockets)
{
	struct bulletin *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->seen = malloc(BULLETIN_FRAMES * sizeof *b->seen);
	b->sources = calloc(sources + 1, sizeof *b->sources);
	b->dockets = calloc(dockets, sizeof *b->dockets);
	b->docket_n = b->dockets ? dockets : 0;
	if (b->seen && b->sources && b->dockets)
		return b;
	bulletin_free(b);
	return NULL;
}

static void bulletin_clear(struct bulletin *b)
{
	for (size_t i = 0; i < b->docket_n; i++) {
		b->dockets[i].n = 0;
		b->dockets[i].lost = 0;
	}
	b->seen_n = b->event_n = 0;
	b->watched = b->ticked = b->over = false;
	b->next = NULL;
}

static void free_all(struct bulletin *b)
{
	for (struct bulletin *next; b; b = next) {
		next = b->next;
		bulletin_free(b);
	}
}

struct postbox *postbox_new(size_t sources, size_t dockets, size_t bytes_most)
{
	struct postbox *p = calloc(1, sizeof *p);
	pthread_condattr_t monotonic;

	if (!p)
		return NULL;
	p->sources = sources;
	p->dockets = dockets;
	p->bytes_most = bytes_most;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->come, &monotonic);
	pthread_cond_init(&p->gone, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return p;
}

void postbox_free(struct postbox *p)
{
	if (!p)
		return;
	free_all(p->first);
	free_all(p->spare);
	pthread_cond_destroy(&p->come);
	pthread_cond_destroy(&p->gone);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* ---- the writer's side */

/* Under the lock. */
static struct bulletin *spare_take(struct postbox *p)
{
	struct bulletin *b = p->spare;

	if (!b)
		return bulletin_new(p->sources, p->dockets);
	p->spare = b->next;
	p->spare_n--;
	bulletin_clear(b);
	return b;
}

struct bulletin *postbox_begin(struct postbox *p)
{
	pthread_mutex_lock(&p->lock);
	struct bulletin *b = spare_take(p);
	pthread_mutex_unlock(&p->lock);
	return b;
}

/* Under the lock. Waits until there is room for it, unless it was abandoned. */
static void queue(struct postbox *p, struct bulletin *b)
{
	while (p->queued_bytes > p->bytes_most && !p->abandoned)
		pthread_cond_wait(&p->gone, &p->lock);
	if (p->last)
		p->last->next = b;
	else
		p->first = b;
	p->last = b;
	p->queued_bytes += bulletin_bytes(b);
	pthread_cond_signal(&p->come);
}

struct bulletin *postbox_post(struct postbox *p, struct bulletin *b)
{
	struct bulletin *next = NULL;
	bool over = b->over;

	pthread_mutex_lock(&p->lock);
	queue(p, b);
	while (!next && !over && !p->abandoned) {
		next = spare_take(p);
		if (!next)
			pthread_cond_wait(&p->gone, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return next;
}

void postbox_add(struct postbox *p, struct bulletin *b)
{
	pthread_mutex_lock(&p->lock);
	queue(p, b);
	pthread_mutex_unlock(&p->lock);
}

enum wish postbox_wish(struct postbox *p)
{
	pthread_mutex_lock(&p->lock);
	enum wish wish = p->abandoned ? WISH_END : p->wish;
	pthread_mutex_unlock(&p->lock);
	return wish;
}

void postbox_park(struct postbox *p)
{
	pthread_mutex_lock(&p->lock);
	p->parked = true;
	pthread_cond_signal(&p->come);
	while (p->wish == WISH_PAUSE && !p->abandoned)
		pthread_cond_wait(&p->gone, &p->lock);
	p->parked = false;
	pthread_mutex_unlock(&p->lock);
}

/* ---- the hearer's side */

struct bulletin *postbox_next(struct postbox *p, int64_t wait_us)
{
	int64_t until_us = monotonic_us() + wait_us;
	struct timespec until = {.tv_sec = until_us / SECOND_US, .tv_nsec = until_us % SECOND_US * 1000};

	pthread_mutex_lock(&p->lock);
	if (!p->first && !p->parked)
		(void)pthread_cond_timedwait(&p->come, &p->lock, &until);
	struct bulletin *b = p->first;
	if (b) {
		p->first = b->next;
		if (!p->first)
			p->last = NULL;
		p->queued_bytes -= bulletin_bytes(b);
		pthread_cond_broadcast(&p->gone);
	}
	pthread_mutex_unlock(&p->lock);
	return b;
}

void postbox_return(struct postbox *p, struct bulletin *b)
{
	pthread_mutex_lock(&p->lock);
	if (p->spare_n < FREE_MOST) {
		b->next = p->spare;
		p->spare = b;
		p->spare_n++;
		b = NULL;
	}
	pthread_cond_broadcast(&p->gone);
	pthread_mutex_unlock(&p->lock);
	bulletin_free(b);
}

void postbox_make_wish(struct postbox *p, enum wish wish)
{
	pthread_mutex_lock(&p->lock);
	p->wish = wish;
	pthread_cond_broadcast(&p->gone);
	pthread_mutex_unlock(&p->lock);
}

bool postbox_is_parked(struct postbox *p)
{
	pthread_mutex_lock(&p->lock);
	bool parked = p->parked && !p->first;
	pthread_mutex_unlock(&p->lock);
	return parked;
}

void postbox_abandon(struct postbox *p)
{
	pthread_mutex_lock(&p->lock);
	p->abandoned = true;
	pthread_cond_broadcast(&p->gone);
	pthread_mutex_unlock(&p->lock);
}
