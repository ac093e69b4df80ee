#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/column_rule.h"
#include "core/mapper.h"
#include "core/table_schema.h"
#include "mapping/body_opener.h"
#include "masking/column_masker.h"
#include "masking/event_hashes.h"

namespace bauta::mapping {

// JSON bodies -> typed, masked rows.  One thread at a time.
//
// A body is one event, or what the rules' BodyRules say.  One that they do not fit is one event
// with the reason of the whole body, and so is an event that is none; else an event's reason is its
// first failing column in the order of the rules, unknown_field if all columns are well, and then
// what is wrong with the event's key.
class EventMapper : public Mapper {
 public:
  struct Options {
    const MappingRules& rules;  // Must outlive the mapper and every Batch that it has filled.
    const TableSchema& table;   // Copied where needed.
    // One for each rule, in order: for those with a mask that is not blind.
    std::vector<std::optional<masking::ColumnMasker>> maskers;
    // Likewise: for those with a vault, the versioned name of the canonical form.
    std::vector<std::string> canons = {};
    // While keys rotate: by column, the masks of the other keys in use.
    std::vector<std::vector<masking::TokenMask>> old_masks = {};
    std::optional<masking::EventHashes> hashes = {};  // For rules.event_key, if there is one.
    const Clock& clock = SystemClock();  // For `default: now`; must outlive the mapper.
  };

  // kConfig if CheckRules has something to say (the first of it), kFatal if the maskers do not
  // match the rules.
  static Result<std::unique_ptr<EventMapper>> Make(Options options);
  ~EventMapper() override;

  void Map(Message& message, Batch& batch) override;

 private:
  struct Impl;
  explicit EventMapper(std::unique_ptr<Impl> impl);
  Event MapEvent(const Message& message, std::string_view text, std::uint32_t item, Batch& batch);
  void MapSeveral(Message& message, const BodyOpener::Opened& opened, Batch& batch);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::mapping
