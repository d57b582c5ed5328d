#ifndef PERENNIAL_LIB_STORAGE_SQL_DURABILITY_H_
#define PERENNIAL_LIB_STORAGE_SQL_DURABILITY_H_

#include <atomic>

namespace perennial::sql {

// Whether what this process commits to SQLite files waits until the disk has it. Where it does not,
// it outlives the end of the process, also by SIGKILL, since the system has it; it does not outlive
// that of the machine. Of the process, and to be set before a database is opened: for programs
// whose databases are thrown away.
inline std::atomic<bool> waits_for_disk{true};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_DURABILITY_H_
