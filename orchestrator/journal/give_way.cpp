#include "journal/give_way.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

namespace sagad::journal {

void give_way(int steps) noexcept {
  const sched_param none{};
  static_cast<void>(::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &none));
  errno = 0;
  const int usual = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));  // the first thread's
  if (errno != 0) return;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), usual + steps));
}

}  // namespace sagad::journal
