#include "cli/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/uuid.h"
#include "cli/maskers.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "masking/token_mask.h"

namespace bauta::cli {
namespace {

constexpr const char* kDomain = "subject";

Result<masking::TokenMask> SubjectMask(const keys::KeyRing::Key& key) {
  MaskRule rule;
  rule.domain = kDomain;
  return MakeTokenMask(key, rule);
}

// As the table shows it; nothing for NULL.
std::optional<std::string> TextOf(const Value& value, ColumnType type) {
  if (value.kind == Value::Kind::kText) return std::string(value.text);
  if (value.kind == Value::Kind::kInteger) return std::to_string(value.integer);
  if (value.kind == Value::Kind::kUuid && type == ColumnType::kUuid) {
    Uuid uuid;
    std::memcpy(uuid.bytes.data(), value.text.data(), uuid.bytes.size());
    return ToString(uuid);
  }
  return std::nullopt;
}

bool CanName(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kVarchar:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kUuid:
      return true;
    default:
      return false;
  }
}

class SubjectMapper : public Mapper {
 public:
  SubjectMapper(std::unique_ptr<Mapper> mapper, std::size_t index, ColumnType type,
                masking::TokenMask mask)
      : mapper_(std::move(mapper)), index_(index), type_(type), mask_(std::move(mask)) {}

  void Map(Message& message, Batch& batch) override {
    const std::size_t before = batch.events.size();
    const std::int64_t sent_ms = message.key.sent_ms;
    mapper_->Map(message, batch);
    for (std::size_t i = before; i < batch.events.size(); ++i) {
      Event& event = batch.events[i];
      if (!event.row) continue;
      const std::optional<std::string> person = TextOf(event.row->values()[index_], type_);
      if (!person) continue;
      const masking::Masked token = mask_.Mask(*person, sent_ms);
      if (token.outcome == masking::Outcome::kMasked) event.subject = batch.arena.Copy(token.text);
    }
  }

 private:
  std::unique_ptr<Mapper> mapper_;
  std::size_t index_;
  ColumnType type_;
  masking::TokenMask mask_;
};

}  // namespace

const ColumnRule* FindRule(const config::Config& config, const std::string& column) {
  const auto& rules = config.mapping.columns;
  const auto found =
      std::ranges::find_if(rules, [&](const ColumnRule& rule) { return rule.column == column; });
  return found == rules.end() ? nullptr : &*found;
}

// Under the eldest key, which stays while others are added: what was erased before a rotation is
// known after it.
Result<std::unique_ptr<Mapper>> WithSubject(const config::Config& config, const keys::KeyRing& ring,
                                            const TableSchema& table,
                                            std::unique_ptr<Mapper> mapper, Blame& blame) {
  const ColumnRule* const rule = FindRule(config, config.subject);
  if (rule == nullptr || rule->mask) return mapper;
  const auto column = std::ranges::find_if(
      table.columns, [&](const Column& c) { return c.name == config.subject; });
  if (column == table.columns.end() || !CanName(column->type)) {
    return blame.On(config::codes::kMapping, "subject",
                    Result<std::unique_ptr<Mapper>>(ConfigError(
                        fmt::format("column {} is of a type that names nobody", config.subject),
                        "a subject is text, varchar, an integer or a uuid")));
  }
  const auto index = static_cast<std::size_t>(rule - config.mapping.columns.data());
  return std::unique_ptr<Mapper>(std::make_unique<SubjectMapper>(
      std::move(mapper), index, column->type, TRY(SubjectMask(ring.eldest()))));
}

Result<std::vector<std::string>> SubjectTokens(const keys::KeyRing& ring,
                                               const std::string& person) {
  std::vector<std::string> tokens;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    if (key.status == keys::KeyStatus::kDestroyed) continue;  // On other hosts it may be in use.
    masking::TokenMask mask = TRY(SubjectMask(key));
    const masking::Masked token = mask.Mask(person, 0);
    if (token.outcome != masking::Outcome::kMasked) return Rejected("that names nobody");
    tokens.emplace_back(token.text);
  }
  return tokens;
}

}  // namespace bauta::cli
