#include "common/interrupt.h"

#include <csignal>

namespace othello {
namespace {

volatile std::sig_atomic_t flag = 0;

void on_signal(int signal) {
  flag = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void watch_for_interrupt() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void request_interrupt() { flag = 1; }

bool interrupted() { return flag != 0; }

}  // namespace othello
