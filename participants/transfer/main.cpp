#include "participants/sdk/participant.hpp"
#include "participants/transfer/transfer_service.hpp"

int main(int argc, char** argv) {
  return sagad::participants::run_participant(sagad::participants::transfer_service(), argc, argv);
}
