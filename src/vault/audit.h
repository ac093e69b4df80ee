// The audit in schema pii: what was asked of the vault, and whether its record is whole.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "vault/access.h"
#include "vault/audit_chain.h"

namespace bauta::vault {

// All of these: one thread at a time; the user needs what CheckAuditor asks for.
Result<> CheckAuditor(pg::Connection& connection);

struct AuditFilter {
  std::optional<std::int64_t> since_ms = {}, until_ms = {};
  std::optional<std::string> actor = {}, action = {};
  std::optional<std::int64_t> limit = {};  // The newest so many.
};

// By rising seq, each given to `entry` as it comes.
Result<> ListAudit(pg::Connection& connection, const AuditFilter& filter,
                   const std::function<void(const AuditEntry&)>& entry);

struct AuditReport {
  std::int64_t entries = 0;
  Anchor head;
  std::string last_at;              // Of the newest entry; empty if there is none.
  std::int64_t anchors = 0;         // In the database.
  Anchor newest_anchor;             // In the database or of those given; seq 0: none.
  std::set<ChainProblem> problems;  // Empty: nobody has been at it.
};

// Recomputes the whole chain, in one snapshot, here and by pii.audit_verify(); compares it with the
// anchors in the database and with those that were `kept` elsewhere.
Result<AuditReport> VerifyAudit(pg::Connection& connection, const std::vector<Anchor>& kept);

struct NewAnchor {
  Anchor anchor;
  std::string at;  // As AuditEntry::at.
};
// Stores the head in the database and returns it, for a place that nobody who may change the
// database can change.
Result<NewAnchor> AnchorAudit(pg::Connection& connection, const std::string& note);

}  // namespace bauta::vault
