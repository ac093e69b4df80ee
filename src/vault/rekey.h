// Old tokens to a new key, and sealed originals to a new recipient, a little at a time: every call
// is a transaction or two of its own, and what was done once is not done again.
//
// Whoever runs this opens originals.  One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"
#include "masking/siv_opener.h"
#include "masking/token_mask.h"
#include "pg/connection.h"
#include "vault/reveal.h"

namespace bauta::vault {

// kConfig if this user may not: names the GRANT.
Result<> CheckRekeyer(pg::Connection& connection);

// What became of the vault's rows.
struct RekeyCounts {
  std::uint64_t moved = 0;
  std::uint64_t known = 0;            // Had been moved before.
  std::uint64_t other_recipient = 0;  // Another identity opens them.
  std::uint64_t damaged = 0;          // Do not open, or are not of their token: left alone.

  std::uint64_t seen() const { return moved + known + other_recipient + damaged; }
};

// Whose the vault's records are to be, and who opens them.
struct Custody {
  std::string identity_id;              // The recipient whose records `identity` opens.
  const crypto::SecretBytes* identity;  // Must outlive what it is given to.
  std::string recipient;                // For whom they are sealed from now on.
  keys::PublicKey recipient_key{};
};

// Originals under tokens of an old key get rows of their own under tokens of the new key, and each
// old token an alias.  The old rows stay: see DeleteMoved.
class OriginalMover {
 public:
  // `ring` must outlive it.
  OriginalMover(const keys::KeyRing& ring, std::string from, std::string to, Custody custody);

  // Up to `most` rows more.  `aliases`: where the rows' table is, if that is not `vault`.  False:
  // there are no more.
  Result<bool> Next(pg::Connection& vault, pg::Connection* aliases, int most);
  // After the last of them: takes away the old rows of up to `most` originals that were opened and
  // have new ones,
  // and lets whoever writes to the vault forget what it knows of it.  `after`: the last token that
  // was looked at, "" to begin with; empty afterwards when there are no more.  How many went.
  Result<std::int64_t> DeleteMoved(pg::Connection& vault, pg::Connection* aliases, int most,
                                   std::string& after) const;
  const RekeyCounts& counts() const { return counts_; }

 private:
  struct Pair {
    std::string old_token, new_token, domain, canon, value, first_seen;
  };
  struct Moves {
    std::vector<Pair> pairs;
    std::string last;  // Empty: no row was left.
  };
  Result<Moves> Read(pg::Connection& vault, pg::Connection* aliases, int most);
  std::optional<Pair> Open(const Fetched& row);
  std::optional<std::string> NewToken(const Fetched& row, const Revealed& opened);
  Result<> Write(pg::Connection& vault, const std::vector<Pair>& pairs) const;

  const keys::KeyRing& ring_;
  const std::string from_, to_;
  const Custody custody_;
  Revealer revealer_;
  std::map<std::string, std::optional<masking::TokenMask>> masks_;
  std::vector<std::size_t> verified_;  // Hashes of the old tokens; sorted after the last.
  std::string last_;
  RekeyCounts counts_;
};

// The same token, the same original, another recipient: a new seal in the old row's place.
class Resealer {
 public:
  explicit Resealer(Custody custody)
      : custody_(std::move(custody)),
        revealer_(custody_.identity_id, *custody_.identity, nullptr) {}

  Result<bool> Next(pg::Connection& vault, int most);
  const RekeyCounts& counts() const { return counts_; }

 private:
  const Custody custody_;
  Revealer revealer_;
  std::string last_;
  RekeyCounts counts_;
};

// A column whose tokens the key alone opens.
struct SivColumn {
  std::string column, domain;
  masking::SivOpener opener;  // Of the old key.
  masking::TokenMask mask;    // Of the new one.
};

// The target's rows: each old token that has an alias gives way to its new one.
class RowMover {
 public:
  struct Options {
    std::string table;                 // As SQL names it.
    std::vector<std::string> columns;  // All that hold tokens.
    std::string from;
    std::vector<SivColumn> siv = {};  // Those of them that are aes-siv.
  };
  static Result<RowMover> Make(pg::Connection& connection, Options options);

  // The rows of up to `most` pages more.  False: there are no more.
  Result<bool> Next(pg::Connection& connection, int most);
  std::uint64_t rows() const { return rows_; }
  double share() const {
    return pages_ == 0 ? 1 : static_cast<double>(done_) / static_cast<double>(pages_);
  }

  // How many rows have a token of the old key, by column; reads the whole table.
  static Result<std::vector<std::pair<std::string, std::int64_t>>> Count(pg::Connection& connection,
                                                                         const Options& options);

 private:
  struct Part {
    std::string table;  // A partition, or the table itself.
    std::int64_t pages;
  };
  RowMover(Options options, std::vector<Part> parts, bool ranges);
  Result<> AddAliases(pg::Connection& connection, const std::string& where, const Part& part,
                      SivColumn& column);
  std::string Pages(std::int64_t first, std::int64_t count) const;

  Options options_;
  std::vector<Part> parts_;
  bool ranges_;  // The server scans ranges of ctid.
  std::string update_;
  std::size_t part_ = 0;
  std::int64_t page_ = 0, pages_ = 0, done_ = 0;
  std::uint64_t rows_ = 0;
};

// kConfig if this user may not change the columns: names the GRANT.
Result<> CheckMayChange(pg::Connection& connection, const RowMover::Options& options);

}  // namespace bauta::vault
