// Passphrases of identities, kept in locked memory from the first byte on.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "crypto/secret_bytes.h"

namespace bauta::cli {

// Asks on the terminal, without echo.  `question` has no colon: "Passphrase of identity-q1.json".
// kConfig under --no-input, without a terminal and for an empty line; Ctrl-C ends the process with
// 130.  Main thread.
Result<crypto::SecretBytes> AskPassphrase(const Context& context, const std::string& question);

// The first line of a file that only we may read: the checks are those of a key file.
Result<crypto::SecretBytes> ReadPassphraseFile(const std::string& path);

// For new identities: of `file`, or none, or asked for twice on the terminal.
Result<std::optional<crypto::SecretBytes>> ChoosePassphrase(const Context& context,
                                                            const std::string& file, bool none);

}  // namespace bauta::cli
