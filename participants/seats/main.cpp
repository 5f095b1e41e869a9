#include "participants/sdk/participant.hpp"
#include "participants/seats/seats_service.hpp"

int main(int argc, char** argv) {
  return sagad::participants::run_participant(sagad::participants::seats_service(), argc, argv);
}
