#include "cli/theirs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/maskers.h"
#include "mapping/event_mapper.h"

namespace bauta::cli {
namespace {

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

}  // namespace

Result<Theirs> Theirs::Make(const config::Config& config, const keys::KeyRing& ring, Whom whom,
                            const vault::EraseOrder& order) {
  Theirs theirs;
  theirs.rules_ = std::make_unique<MappingRules>();
  theirs.rules_->body = config.mapping.body;
  ColumnRule rule = *TRY(ColumnOf(config, whom.column));
  rule.required = false;
  rule.default_value.reset();
  rule.as = ReadAs::kType;
  if (rule.mask) {
    rule.mask->vault = false;
    rule.mask->on_invalid = OnInvalid::kNull;
  }
  TableSchema table{"public", "theirs", {{.name = rule.column}}};
  std::vector<std::optional<masking::ColumnMasker>> maskers;
  maskers.push_back(TRY(MakeMasker(ring, rule.mask)));
  theirs.texts_ = order.marks;
  theirs.texts_.insert(theirs.texts_.end(), order.more_tokens.begin(), order.more_tokens.end());
  if (order.person) theirs.texts_ = {*order.person, whom.text};
  theirs.rules_->columns.push_back(std::move(rule));
  theirs.mapper_ = TRY(mapping::EventMapper::Make(
      {.rules = *theirs.rules_, .table = table, .maskers = std::move(maskers), .canons = {""}}));
  std::ranges::sort(theirs.texts_);
  theirs.word_ = std::string(TrimAscii(whom.text));
  return theirs;
}

bool Theirs::operator()(Message& message) {
  const std::string body = message.body;
  Batch batch;
  mapper_->Map(message, batch);
  bool unknown = batch.events.empty();
  for (const Event& event : batch.events) {
    if (!event.row || event.row->values()[0].kind != Value::Kind::kText) {
      unknown = true;
    } else if (std::ranges::binary_search(texts_, event.row->values()[0].text)) {
      return true;
    }
  }
  return unknown && IsInText(body);
}

bool Theirs::IsInText(const std::string& body) const {
  for (std::size_t at = 0; (at = body.find(word_, at)) != std::string::npos; ++at) {
    const std::size_t end = at + word_.size();
    const bool begins = at == 0 || !IsWordByte(body[at - 1]);
    if (begins && (end == body.size() || !IsWordByte(body[end]))) return true;
  }
  return false;
}

}  // namespace bauta::cli
