// A Journal in a directory: an SQLite database in WAL mode.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "queue/journal.h"

namespace bauta::queue {

// Makes the directory (0700) and the file (0600) if they are not there; nobody else can use the
// file while this has it.  kConfig: the directory cannot be made or written, another process has
// the file, it is not Bauta's, a newer Bauta's, or damaged; it is then as it was.
Result<std::unique_ptr<Journal>> OpenDataFile(const std::string& directory);

// What to say of a directory whose file makes no sense to its reader.
Error CannotRead(const std::string& directory, const std::string& reason);

inline constexpr char kDataFile[] = "queue.db";  // Its name there.

}  // namespace bauta::queue
