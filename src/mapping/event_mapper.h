#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/column_rule.h"
#include "core/mapper.h"
#include "core/table_schema.h"
#include "masking/column_masker.h"

namespace bauta::mapping {

// JSON bodies -> typed, masked rows: one event a message.  One thread at a time.
//
// A body that is no event has the reason of the whole body; else the event's reason is its first
// failing column in the order of the rules, and unknown_field if all columns are well.
class EventMapper : public Mapper {
 public:
  struct Options {
    const MappingRules& rules;  // Must outlive the mapper and every Batch that it has filled.
    const TableSchema& table;   // Copied where needed.
    // One for each rule, in order: for those with a mask that is not blind.
    std::vector<std::optional<masking::ColumnMasker>> maskers;
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
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::mapping
