#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_UNCHANGED_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_UNCHANGED_H_

#include <sqlite3.h>

#include <string>

namespace perennial::sql {

// Opens a file to read it as it is, with its log where it has one: nothing is locked, made or
// changed, in the folder neither. For one connection to a file that nobody writes to meanwhile.
// Answers SQLite's code; `*db` is to be closed in any case.
int OpenUnchanged(const std::string& path, sqlite3** db);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_UNCHANGED_H_
