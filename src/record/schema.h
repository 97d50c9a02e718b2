/* The files of schema/, compiled in (cmake/schema.cmake). Migration n, counted from 1, takes a database from
 * user_version n - 1 to n. */
#ifndef RECORD_SCHEMA_H
#define RECORD_SCHEMA_H

extern const char *const schema_migrations[];
extern const int schema_version; /* of the newest schema: the number of migrations */
extern const char *const schema_views; /* dropped and recreated whenever a database is opened for writing */

#endif
