#include "mapping/json_index.h"

#include <simdjson.h>

#include <algorithm>

#include "base/text.h"

namespace bauta::mapping {

struct JsonIndex::Impl {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::size_t capacity = 0;
};

JsonIndex::JsonIndex() : impl_(std::make_unique<Impl>()) {}
JsonIndex::JsonIndex(JsonIndex&&) noexcept = default;
JsonIndex& JsonIndex::operator=(JsonIndex&&) noexcept = default;
JsonIndex::~JsonIndex() = default;

JsonIndex::Outcome JsonIndex::Scan(std::string_view text) {
  if (text.empty()) return Outcome::kNotJson;
  if (text.size() > impl_->capacity) {
    const std::size_t capacity = std::max<std::size_t>(text.size() * 2, 16 * 1024);
    impl_->capacity = 0;
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(
            capacity, simdjson::DEFAULT_MAX_DEPTH, impl_->parser) != simdjson::SUCCESS) {
      return Outcome::kNotJson;
    }
    impl_->capacity = capacity;
  }
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const simdjson::error_code error =
      impl_->parser->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  if (error == simdjson::SUCCESS) return Outcome::kOk;
  return IsValidUtf8(text) ? Outcome::kNotJson : Outcome::kBadUtf8;
}

std::span<const std::uint32_t> JsonIndex::tokens() const {
  // simdjson itself ends the list with the length of the text.
  return {impl_->parser->structural_indexes.get(),
          std::size_t{impl_->parser->n_structural_indexes} + 1};
}

}  // namespace bauta::mapping
