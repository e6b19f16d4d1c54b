// PenchantCommand
