#include "participants/rate/rate_service.hpp"
#include "participants/sdk/participant.hpp"

int main(int argc, char** argv) {
  return sagad::participants::run_participant(sagad::participants::rate_service(), argc, argv);
}
