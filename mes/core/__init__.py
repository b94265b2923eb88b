"""What every room needs: database session, base model, clock, ids, errors, jobs, paging, guards."""
