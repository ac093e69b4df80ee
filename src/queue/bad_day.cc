#include "queue/bad_day.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace bauta::queue {
namespace {

using std::chrono::milliseconds;

Error Wrong(std::string_view key, std::string_view help) {
  return Rejected(fmt::format("bad day: \"{}\" is not as it should be", key), std::string(help));
}

Result<> ReadTime(std::string_view key, simdjson::dom::element value, milliseconds& to) {
  std::string_view text;
  const bool is_text = value.get(text) == simdjson::SUCCESS;
  const auto time = is_text ? ParseDuration(text) : std::nullopt;
  if (!time) return Wrong(key, "a time, for example \"50ms\" or \"2s\"");
  to = *time;
  return Ok();
}

Result<> ReadRate(std::string_view key, simdjson::dom::element value, double& to) {
  double rate = 0;
  if (value.get(rate) != simdjson::SUCCESS || rate < 0 || rate > 1) {
    return Wrong(key, "a number from 0 to 1");
  }
  to = rate;
  return Ok();
}

Result<> ReadKey(std::string_view key, simdjson::dom::element value, BadDay& day) {
  if (key == "latency") return ReadTime(key, value, day.latency);
  if (key == "jitter") return ReadTime(key, value, day.jitter);
  if (key == "error_rate") return ReadRate(key, value, day.error_rate);
  if (key == "throttle_rate") return ReadRate(key, value, day.throttle_rate);
  if (key == "reset_rate") return ReadRate(key, value, day.reset_rate);
  if (key == "duplicate_rate") return ReadRate(key, value, day.duplicate_rate);
  if (key == "disorder") {
    if (value.get(day.disorder) == simdjson::SUCCESS) return Ok();
    return Wrong(key, "true or false");
  }
  if (key == "seed") {
    if (value.get(day.seed) == simdjson::SUCCESS) return Ok();
    return Wrong(key, "a whole number, 0 or more");
  }
  return Rejected(fmt::format("bad day: unknown key \"{}\"", key),
                  "known: latency, jitter, error_rate, throttle_rate, reset_rate, duplicate_rate, "
                  "disorder, seed");
}

}  // namespace

Result<BadDay> ParseBadDay(std::string_view json, BadDay day) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) {
    return Rejected("bad day: not a JSON object", R"(for example {"latency":"50ms"})");
  }
  for (const auto& [key, value] : object) TRY(ReadKey(key, value, day));
  return day;
}

std::string ToJson(const BadDay& day) {
  return fmt::format(
      R"({{"latency":"{}ms","jitter":"{}ms","error_rate":{},"throttle_rate":{},"reset_rate":{},)"
      R"("duplicate_rate":{},"disorder":{},"seed":{}}})",
      day.latency.count(), day.jitter.count(), day.error_rate, day.throttle_rate, day.reset_rate,
      day.duplicate_rate, day.disorder, day.seed);
}

BadDay Weather::day() const {
  const std::lock_guard lock(mutex_);
  return day_;
}

void Weather::Set(const BadDay& day) {
  const std::lock_guard lock(mutex_);
  day_ = day;
  requests_.seed(day.seed);
  messages_.seed(~day.seed);
  mixes_ = day.duplicate_rate > 0 || day.disorder;
  calm_ = day.latency.count() == 0 && day.jitter.count() == 0 && day.error_rate == 0 &&
          day.throttle_rate == 0 && day.reset_rate == 0;
}

bool Weather::Happens(std::mt19937_64& dice, double rate) {
  return rate > 0 && static_cast<double>(dice() >> 11) * 0x1p-53 < rate;
}

Fate Weather::ForRequest() {
  if (calm_) return {};
  const std::lock_guard lock(mutex_);
  Fate fate;
  fate.delay = day_.latency;
  if (day_.jitter.count() > 0) {
    const auto range = static_cast<std::uint64_t>(day_.jitter.count()) + 1;
    fate.delay += milliseconds(static_cast<std::int64_t>(requests_() % range));
  }
  if (Happens(requests_, day_.reset_rate)) {
    fate.kind = (requests_() & 1) != 0 ? Fate::Kind::kResetBefore : Fate::Kind::kResetAfter;
  } else if (Happens(requests_, day_.error_rate)) {
    fate.kind = Fate::Kind::kError;
  } else if (Happens(requests_, day_.throttle_rate)) {
    fate.kind = Fate::Kind::kThrottled;
  }
  return fate;
}

bool Weather::KeepsVisible() {
  if (!mixes_) return false;
  const std::lock_guard lock(mutex_);
  return Happens(messages_, day_.duplicate_rate);
}

std::uint64_t Weather::Pick(std::uint64_t below) {
  if (!mixes_) return 0;
  const std::lock_guard lock(mutex_);
  return day_.disorder && below > 1 ? messages_() % below : 0;
}

}  // namespace bauta::queue
