#include "masking/by_month.h"

#include <fmt/format.h>

#include <chrono>

namespace bauta::masking {

int MonthOf(std::int64_t epoch_ms) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(epoch_ms)};
  const std::chrono::year_month_day date{floor<std::chrono::days>(at)};
  return (static_cast<int>(date.year()) - 1970) * 12 +
         static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

std::string MonthName(int month) {
  const auto date = std::chrono::year_month(std::chrono::year(1970), std::chrono::January) +
                    std::chrono::months(month);
  return fmt::format("{:04}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()));
}

}  // namespace bauta::masking
