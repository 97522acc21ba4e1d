// Empty, see takenformic_linux.go.
