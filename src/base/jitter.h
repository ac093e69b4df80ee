// Random lengths of time, so that those who failed together do not come back together.
#pragma once

#include <chrono>

namespace bauta {

// From `least` to `most`, each as likely; both may come.  Any thread.
std::chrono::milliseconds Jitter(std::chrono::milliseconds least, std::chrono::milliseconds most);

}  // namespace bauta
