/* SQLite's memory: as usual, and known to the heap (base/heap.h). */
#include "base/heap.h"
#include "record/db_inside.h"

static sqlite3_mem_methods usual;

static void *take(int bytes)
{
	void *at = usual.xMalloc(bytes);

	heap_gave(at, (size_t)bytes);
	return at;
}

static void *retake(void *old, int bytes)
{
	void *at = usual.xRealloc(old, bytes);

	heap_gave(at, (size_t)bytes);
	return at;
}

void db_memory_choose(void)
{
	/* Both are refused after the first use: once is enough. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* saves a lock per allocation */
	if (usual.xMalloc || sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual) != SQLITE_OK)
		return;
	sqlite3_mem_methods ours = usual;
	ours.xMalloc = take;
	ours.xRealloc = retake;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}
